-- A call has left only now. ARGV: lane, ticket. Gives the moment, or 0 if it must not, because its slot is over.
return delayed(ARGV[3], ARGV[4]) and now or 0
