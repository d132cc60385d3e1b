-- A call gives up its place. ARGV: lane, ticket.
leave(ARGV[3], ARGV[4])
