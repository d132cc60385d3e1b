-- Stores what became of an operation, unless the key is another's by now.
--   KEYS[1]  the key's record
--   ARGV     who had taken it, for how many ms the record is kept, the sealed outcome
local record = redis.call('HMGET', KEYS[1], 'holder', 'outcome')
if record[2] or (record[1] and record[1] ~= ARGV[1]) then
  return
end
redis.call('HDEL', KEYS[1], 'holder', 'until', 'about')
redis.call('HSET', KEYS[1], 'outcome', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
