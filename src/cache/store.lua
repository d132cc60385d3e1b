-- Stores entries and doubts unless something later is stored. KEYS are the parcels; ARGV holds for each of them its
-- moment in microseconds, the sealed entry, which is empty for a doubt, and how long it is kept, in milliseconds.
-- Gives for each what is stored instead, or nothing.
--
-- A parcel is a hash: a, the moment that its entry is of; v, the entry; d, whether it was doubted since.
local time = redis.call('TIME')
-- What is said to be of the future is of nobody's clock, and must not keep out what is known now.
local latest = time[1] * 1000000 + time[2] + 1000000
local answers = {}
for index, parcel in ipairs(KEYS) do
  local moment, entry, kept = ARGV[3 * index - 2], ARGV[3 * index - 1], ARGV[3 * index]
  if redis.call('TYPE', parcel).ok ~= 'hash' then
    redis.call('DEL', parcel)
  end
  local known = tonumber(redis.call('HGET', parcel, 'a') or 0) or 0
  if known > tonumber(moment) and known <= latest then
    answers[index] = redis.call('HMGET', parcel, 'a', 'v', 'd')
  else
    answers[index] = false
    if entry == '' then
      redis.call('HSET', parcel, 'a', moment, 'd', '1')
    else
      redis.call('HSET', parcel, 'a', moment, 'v', entry)
      redis.call('HDEL', parcel, 'd')
    end
    redis.call('PEXPIRE', parcel, kept)
  end
end
return answers
