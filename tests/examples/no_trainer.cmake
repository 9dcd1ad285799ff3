# A program that only loads and calls a model has no code of trainers and optimizers in it.
#
#   cmake -D NM=<nm> -D PROGRAM=<embed_in_app> -P no_trainer.cmake
execute_process(COMMAND ${NM} -C ${PROGRAM} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT symbols MATCHES "copse::io::load_safetensors")
  message(FATAL_ERROR "${PROGRAM}: found no function that loads files among its symbols: are they stripped?")
endif()
string(REGEX MATCHALL "copse::(train_detail|optim|callbacks|TrainerBase|TrainLoop)::[A-Za-z_]+" found "${symbols}")
list(REMOVE_DUPLICATES found)
if(found)
  message(FATAL_ERROR "${PROGRAM} has code of trainers in it: ${found}")
endif()
