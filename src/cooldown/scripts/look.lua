-- How a parcel stands. ARGV: token.
return look(ARGV[3])
