# A training that is killed and run again ends in the same bits as one that is not.
#
#   cmake -D PROGRAM=<char_gpt> -D WORK=<a folder> -P killed.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/killed ${WORK}/whole)

# run(<folder> <argument>...): the last line that the program prints, in `line`; its status in `status`.
function(run folder)
  execute_process(COMMAND ${PROGRAM} --quick ${ARGN} WORKING_DIRECTORY ${WORK}/${folder} OUTPUT_VARIABLE out
                  ERROR_VARIABLE error RESULT_VARIABLE status)
  string(REGEX MATCH "bits for an unseen letter: [0-9.]+" line "${out}")
  set(line "${line}" PARENT_SCOPE)
  set(status "${status}" PARENT_SCOPE)
endfunction()

run(killed --kill-at 30)
if(status EQUAL 0 OR line OR NOT EXISTS ${WORK}/killed/char_gpt_backup/backup)
  message(FATAL_ERROR "killed at step 30: got status '${status}', '${line}', wanted a kill and a backup")
endif()
run(killed)
set(resumed "${line}")
run(whole)
if(NOT line OR NOT status EQUAL 0 OR NOT line STREQUAL resumed)
  message(FATAL_ERROR "without a break: '${line}' (status ${status}); killed and resumed: '${resumed}'")
endif()
message(STATUS "${line}, killed or not")
