-- A flight goes on. ARGV: token, holder. Says whether it has the parcel still.
return renew(ARGV[3], ARGV[4]) and 1 or 0
