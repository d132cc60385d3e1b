-- A replica gives its seat back. ARGV: name.
stand_up(ARGV[3])
