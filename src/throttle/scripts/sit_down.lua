-- A replica takes its seat and lends its slots. ARGV: name, until when it lends, until when it knows everything to be closed,
-- when the fleet came together in which it sat last (0 for a new process), when it was last heard, who held which seat then, and
-- the calls that it made alone: lane, ticket and moment of each. Gives its seat, or -1; until when all is closed; when the fleet
-- came together; who holds which seat; and the moment.
seats_that_lend()
wait_for_what_was_forgotten(tonumber(ARGV[7]))
forgive_silence()
local name, known = ARGV[3], tonumber(ARGV[6])
local seats = rules.plan.seats
for i = 8 + seats, #ARGV, 3 do
  for _, limit in ipairs(limits_of(ARGV[i])) do
    if rules[limit].calls > 0 then
      redis.call('ZADD', key('log', limit), 'GT', ARGV[i + 2], ARGV[i + 1])
    end
  end
end
close(tonumber(ARGV[5]))
if known == 0 then
  wait_for_unknown_calls(name)
elseif known ~= mark('founded') then
  local holders = {}
  for i = 1, seats do holders[i] = ARGV[7 + i] end
  remember(holders)
end
local seat = sit_down(name, tonumber(ARGV[4]))
keep_for_a_day()
local holders = {}
for i = 1, seats do holders[i] = redis.call('HGET', key('holders'), text(i - 1)) or '' end
return { seat or -1, mark('closed'), mark('founded'), holders, now }
