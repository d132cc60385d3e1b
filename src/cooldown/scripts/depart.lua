-- The call of a flight leaves. ARGV: token, holder. Gives the moment, or 0 if the parcel is lost.
return depart(ARGV[3], ARGV[4]) and now or 0
