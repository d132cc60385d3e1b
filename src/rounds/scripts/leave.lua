-- A replica ends. KEYS: who makes the rounds, who watches, what this replica watches. ARGV: replica.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
