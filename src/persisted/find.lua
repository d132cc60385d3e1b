-- Gives a text, or nothing. KEYS are its place and the list of all places by their last use; ARGV holds for how many ms a text
-- is kept without being used, and after how many ms its use is written down again.
local text = redis.call('GET', KEYS[1])
if text and redis.call('PTTL', KEYS[1]) < ARGV[1] - ARGV[2] then
  local time = redis.call('TIME')
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[2], time[1], KEYS[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return text
