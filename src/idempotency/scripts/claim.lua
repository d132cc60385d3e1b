-- Takes a key or keeps it for another while.
--   KEYS[1]  the key's record
--   ARGV     who takes it, for how many ms it is believed to be at work, for how many ms the record is kept, what it is about
-- Gives nothing when it was taken, and otherwise how it stands and what it is about, sealed: done, working or unknown.
local record = redis.call('HMGET', KEYS[1], 'holder', 'until', 'about', 'outcome')
local holder, ends, about, outcome = record[1], record[2], record[3], record[4]
if outcome then
  return {'done', outcome}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if holder and holder ~= ARGV[1] then
  if tonumber(ends) > now then
    return {'working', about}
  end
  return {'unknown', about}
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', string.format('%.0f', now + ARGV[2]), 'about', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {}
