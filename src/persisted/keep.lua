-- Keeps a text. KEYS are its place and the list of all places by their last use; ARGV holds for how many ms it is kept without
-- being used, how many texts are kept at most, and the text.
local time = redis.call('TIME')
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[1])
redis.call('ZADD', KEYS[2], time[1], KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
local over = redis.call('ZCARD', KEYS[2]) - ARGV[2]
if over > 0 then
  -- Places and their last uses take turns. All places of an account are in one slot.
  local oldest = redis.call('ZPOPMIN', KEYS[2], over)
  for index = 1, #oldest, 2 do
    redis.call('DEL', oldest[index])
  end
end
