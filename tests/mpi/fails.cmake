# Runs a program that has to fail within 20 seconds and to say something.
#
#   cmake -D RUN=mpirun;-n;4;program -D SAID=<regular expression> -P fails.cmake

execute_process(COMMAND ${RUN} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text TIMEOUT 20)
if(result MATCHES "timeout")
  message(FATAL_ERROR "the ranks did not end within 20 seconds; they said:\n${text}")
elseif(result STREQUAL "0")
  message(FATAL_ERROR "the ranks ended with status 0; they said:\n${text}")
elseif(NOT text MATCHES "${SAID}")
  message(FATAL_ERROR "the ranks ended with ${result} and did not say \"${SAID}\"; they said:\n${text}")
endif()
