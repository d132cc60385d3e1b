-- A flight has ended, or goes on. ARGV: for how long it is lent to the replica from now on, or nothing; and its tokens.
local lease = tonumber(ARGV[3])
for i = 4, #ARGV do
  if lease then
    redis.call('ZADD', key('flying'), 'XX', text(now + lease), ARGV[i])
  else
    redis.call('ZREM', key('flying'), ARGV[i])
  end
end
redis.call('ZREMRANGEBYSCORE', key('flying'), '-inf', text(now))
