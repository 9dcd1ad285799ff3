# Appends each diagnostic of a compiler to the file <output>/<program>.txt of the program it is about.
#   awk -v compiler=GNU -v output=dir -v names="program program" -f sort.awk log
#
# GCC names the program before the error (`program.cpp:12:3:   required from here`) or with it, Clang with it or after it.

BEGIN {
  count = split(names, list, " ")
  for (i = 1; i <= count; ++i) programs[list[i]] = 1
}

# The program that a line names, by its file or its namespace.
function program_of(line,   word) {
  if (match(line, /must_not_compile\/[a-z_0-9]+\.cpp:/)) return substr(line, RSTART + 17, RLENGTH - 22)
  while (match(line, /[a-z_0-9]+::/)) {
    word = substr(line, RSTART, RLENGTH - 2)
    if (word in programs) return word
    line = substr(line, RSTART + RLENGTH)
  }
  return ""
}

function flush() {
  if (program != "" && text != "") print text >> (output "/" program ".txt")
  text = ""
}

compiler == "GNU" {
  named = program_of($0)
  if (named != "") program = named
  if (program != "") print >> (output "/" program ".txt")
  next
}

{
  if ($0 ~ /: (fatal )?error: /) {
    flush()
    program = ""
  }
  if (program == "") program = program_of($0)
  text = text $0 "\n"
}

END { if (compiler != "GNU") flush() }
