-- Parcels are wanted. KEYS[2]: the beginning of the names under which what is known of them is stored. ARGV: client, urgency,
-- patience, how many go into a call, and of each parcel its token and the moment of what is known of it. Says of each: 'known' if
-- something newer is stored, 'flying' if somebody is asking for it, 'waiting', or how long it would have to wait.
local client, urgency, patience, seats = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
forget_the_unheard('list')
local opens = math.max(opening('list') - now, 0)
local said = {}
for i = 7, #ARGV, 2 do
  local token = ARGV[i]
  local is_parcel = redis.call('TYPE', KEYS[2] .. token).ok == 'hash'
  local stored = is_parcel and tonumber(redis.call('HGET', KEYS[2] .. token, 'a') or '')
  local lease = tonumber(redis.call('ZSCORE', key('flying'), token) or '') or 0
  local waits = redis.call('ZSCORE', key('line', 'list'), token)
  if stored and stored > tonumber(ARGV[i + 1]) then
    said[#said + 1] = 'known'
  elseif lease > now then
    said[#said + 1] = 'flying'
  else
    local wait = 0
    if not waits then
      local place = text(next_place('list', client, urgency))
      local ahead = redis.call('ZCOUNT', key('line', 'list'), '-inf', '(' .. place)
      wait = opens + time_behind('list', math.floor(ahead / seats))
    end
    if wait > 0 and wait >= patience then
      said[#said + 1] = wait
    else
      line_up('list', token, client, urgency)
      said[#said + 1] = 'waiting'
    end
  end
end
return said
