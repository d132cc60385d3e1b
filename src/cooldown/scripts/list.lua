-- Which departures are known that count still. ARGV: where to begin, and how many. Gives token and moment of each.
return redis.call('ZRANGEBYSCORE', key('departed'), text(now - rules.cooldown), '+inf', 'WITHSCORES', 'LIMIT', ARGV[3], ARGV[4])
