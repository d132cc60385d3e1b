-- Gives a key back under which nothing was done.
--   KEYS[1]  the key's record
--   ARGV     who had taken it
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
