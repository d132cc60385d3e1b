-- The rule, as book.rs has it; tests/cases/cooldown.json holds both of them to the same decisions.
-- KEYS[1]: the book. ARGV[1]: the rules as JSON. ARGV[2]: the time in microseconds, or nothing for Redis's own clock.
-- Numbers are written with '%.0f', because Lua would round them to fourteen digits.
local rules = cjson.decode(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- How long Redis keeps what nobody touches, in seconds, beyond the cooldown.
local KEEP = 86400

local function key(name)
  return KEYS[1] .. ':' .. name
end

local function text(number)
  return string.format('%.0f', number)
end

local function keep()
  local seconds = math.ceil(rules.cooldown / 1000000) + KEEP
  for _, name in ipairs({ 'departed', 'flying', 'holders', 'left', 'opened' }) do
    redis.call('EXPIRE', key(name), seconds)
  end
end

-- When the book was opened, which is now if it is new.
local function opened()
  redis.call('SET', key('opened'), text(now), 'NX')
  return tonumber(redis.call('GET', key('opened')))
end

local function cooling_until(token)
  local at = tonumber(redis.call('ZSCORE', key('departed'), token) or '')
  if at and at + rules.cooldown > now then
    return at + rules.cooldown
  end
end

local function look(token)
  local cooling = cooling_until(token)
  local lease = tonumber(redis.call('ZSCORE', key('flying'), token) or '') or 0
  if lease > now then
    -- Who claimed it found it cool.
    return { 'elsewhere', cooling and 'asking' or 'waiting' }
  end
  if cooling then
    return { 'cooling', cooling }
  end
  return { 'granted' }
end

local function claim(token, holder)
  local since = opened()
  local verdict = look(token)
  if verdict[1] ~= 'granted' then
    return verdict
  end
  if now < since + rules.grace then
    return { 'not yet', since + rules.grace }
  end
  redis.call('ZADD', key('flying'), text(now + rules.lease), token)
  redis.call('HSET', key('holders'), token, holder)
  redis.call('HDEL', key('left'), token)
  keep()
  return verdict
end

local function renew(token, holder)
  if redis.call('HGET', key('holders'), token) ~= holder then
    return false
  end
  redis.call('ZADD', key('flying'), text(now + rules.lease), token)
  return true
end

local function note(token, at)
  local known = tonumber(redis.call('ZSCORE', key('departed'), token) or '')
  if not known or known < at then
    redis.call('ZADD', key('departed'), text(at), token)
  end
  redis.call('ZREMRANGEBYSCORE', key('departed'), '-inf', text(math.max(now, at) - rules.cooldown))
  keep()
end

local function depart(token, holder)
  if not renew(token, holder) then
    return false
  end
  redis.call('HSET', key('left'), token, text(now))
  note(token, now)
  return true
end

-- Ends a flight, and says whether the holder had it. One that asked nobody leaves no departure of its own behind.
local function finish(token, holder, spent)
  if redis.call('HGET', key('holders'), token) ~= holder then
    return false
  end
  local left = tonumber(redis.call('HGET', key('left'), token) or '')
  local known = tonumber(redis.call('ZSCORE', key('departed'), token) or '')
  redis.call('HDEL', key('holders'), token)
  redis.call('HDEL', key('left'), token)
  redis.call('ZREM', key('flying'), token)
  if spent == 'nothing' and left and left == known then
    redis.call('ZREM', key('departed'), token)
  end
  return true
end

-- Holders of flights that were given up leave nothing behind.
local function forget_the_lost()
  for _, token in ipairs(redis.call('ZRANGEBYSCORE', key('flying'), '-inf', text(now - KEEP * 1000000), 'LIMIT', 0, 100)) do
    redis.call('ZREM', key('flying'), token)
    redis.call('HDEL', key('holders'), token)
    redis.call('HDEL', key('left'), token)
  end
end
