-- How a lane stands, as JSON. It changes nothing that counts. ARGV: lane.
local lane = ARGV[3]
forget_the_unheard(lane)
local queued = redis.call('ZCARD', key('line', lane))
if lane == 'list' then
  forget_the_unheard('page')
  queued = queued + redis.call('ZCARD', key('line', 'page'))
end
local opens, closed_until = opening(lane), mark('closed') or 0
local function later(moment)
  return moment > now and text(moment) or 'null'
end
-- Written by hand, because Lua would round the moments.
return string.format(
  '{"limit":%.0f,"used":%.0f,"queued":%.0f,"opens":%s,"closed_until":%s}',
  rules[lane].calls,
  redis.call('ZCOUNT', key('log', lane), '(' .. text(now - rules[lane].period), '+inf'),
  queued,
  later(opens),
  later(closed_until)
)
