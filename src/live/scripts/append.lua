-- Writes where the log stands with trackings, and the events that led there.
--   KEYS[1]  the events, a stream; KEYS[2] which log it is and how many events there were; the others are the heads
--   ARGV     a name for a new log, how many events are kept, from which ms on, for how many ms all is kept without news;
--            then for each head its revision before, the two moments and the state now, and the event or nothing
-- Gives nothing for a head that was written, and otherwise how it stands: somebody else was faster.
--
-- A head is a hash: r, how often it was written; a and g, its moments; s, its state; p, the place of its last event.
local log = name_log(KEYS[1], KEYS[2], ARGV[1], false)
local answers, is_longer = {}, false
for index = 3, #KEYS do
  local head, at = KEYS[index], 5 * index - 10
  local known = redis.call('HMGET', head, 'r', 'a', 'g', 's', 'p')
  if (known[1] or '0') ~= ARGV[at] then
    answers[index - 2] = {known[1] or '0', known[2] or '', known[3] or '', known[4] or '', known[5] or ''}
  else
    answers[index - 2] = {}
    redis.call('HSET', head, 'r', string.format('%.0f', ARGV[at] + 1), 'a', ARGV[at + 1], 'g', ARGV[at + 2], 's', ARGV[at + 3])
    -- There is no end of numbers that are not in the account.
    redis.call('PEXPIRE', head, ARGV[at + 3] == '' and 3600000 or ARGV[4])
    if ARGV[at + 4] ~= '' then
      local count = redis.call('HINCRBY', KEYS[2], 'count', 1)
      local place = redis.call('XADD', KEYS[1], '*', 'l', log, 'n', count, 'e', ARGV[at + 4])
      redis.call('HSET', head, 'p', place)
      is_longer = true
    elseif ARGV[at] == '0' then
      -- It may have been forgotten.
      local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
      redis.call('HSET', head, 'p', last and last[1] or '0-0')
    end
  end
end
if is_longer then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[2])
  redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return answers
