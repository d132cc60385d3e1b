-- Gives which log it is, and names it anew if it has no name or does not hold any more what was read from it.
--   KEYS[1]  the events; KEYS[2] the log
--   ARGV     a name for a new log; which log was read, and up to which event, both empty if none was
local is_lost = false
if redis.call('HGET', KEYS[2], 'id') == ARGV[2] and #redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3]) == 0 then
  local is_empty = redis.call('EXISTS', KEYS[1]) == 0
  -- Of what is forgotten because it is old, nothing older is left.
  local older = redis.call('XRANGE', KEYS[1], '-', ARGV[3], 'COUNT', 1)
  is_lost = is_empty or #older > 0
end
return name_log(KEYS[1], KEYS[2], ARGV[1], is_lost)
