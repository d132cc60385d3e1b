-- A replica tells which departures it knows. ARGV: token and moment of each.
opened()
for i = 3, #ARGV, 2 do
  note(ARGV[i], tonumber(ARGV[i + 1]))
end
