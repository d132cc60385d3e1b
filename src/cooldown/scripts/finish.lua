-- An attempt has ended. KEYS[2]: what is said of it. ARGV: token, holder or nothing, what it spent, the text, for how many
-- milliseconds it is kept, and when the attempt ended that had no holder, or nothing for now. Gives the moment, or 0 if the
-- text is not for all, because the parcel is somebody else's by now or was after that.
local moment = math.min(tonumber(ARGV[8] or '') or now, now)
local is_heard
if ARGV[4] == '' then
  is_heard = look(ARGV[3])[1] ~= 'elsewhere'
else
  is_heard = finish(ARGV[3], ARGV[4], ARGV[5])
  moment = now
end
if not is_heard or (tonumber(redis.call('HGET', KEYS[2], 'at') or '') or 0) > moment then
  return 0
end
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[2], 'at', text(moment), 'said', ARGV[6])
  redis.call('PEXPIRE', KEYS[2], ARGV[7])
end
return moment
