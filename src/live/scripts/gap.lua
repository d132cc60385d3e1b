-- Writes into the log that changes of a status were missed. An entry without an event, which older versions cannot read: they
-- have everybody begin anew.
--   KEYS[1]  the events, a stream; KEYS[2] which log it is and how many entries there were
--   ARGV     a name for a new log
local log = name_log(KEYS[1], KEYS[2], ARGV[1], false)
local count = redis.call('HINCRBY', KEYS[2], 'count', 1)
redis.call('XADD', KEYS[1], '*', 'l', log, 'n', count, 'g', 'statuses')
