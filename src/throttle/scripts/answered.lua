-- A call was answered. ARGV: lane, ticket.
answered(ARGV[3], ARGV[4])
