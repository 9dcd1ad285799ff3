# For the scripts beside this one: counts faults in `errors`, and says each.
set(errors 0)
function(complain text)
  message(SEND_ERROR "${text}")
  math(EXPR errors "${errors} + 1")
  set(errors ${errors} PARENT_SCOPE)
endfunction()
