-- The rule of all lanes together, as ledger.rs has it; tests/cases/ledger.json holds both of them to the same decisions.
-- KEYS[1]: the ledger. ARGV[1]: the rules as JSON. ARGV[2]: the time in microseconds, or nothing for Redis's own clock.
-- Numbers are written with '%.0f', because Lua would round them to fourteen digits.
local rules = cjson.decode(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- How soon to look again for what may come at any moment.
local SOON = 50000
-- For how long a slot that has just opened is left to whose turn it is.
local COURTESY = 60000
-- After how long a place in a line is lost that nobody asked for again. Those who wait ask every second.
local UNHEARD = 2500000
-- A place in a line is a rank, and among equals an arrival. Background work is behind all ranks.
local ARRIVALS = 1048576
local BACKGROUND = 2251799813685248

local function key(name, of)
  return KEYS[1] .. ':' .. name .. (of and (':' .. of) or '')
end

local function text(number)
  return string.format('%.0f', number)
end

local function mark(name)
  return tonumber(redis.call('HGET', key('marks'), name) or '')
end

local function set_mark(name, number)
  redis.call('HSET', key('marks'), name, text(number))
end

-- The limits that a call of the lane counts against, its own first.
local function limits_of(lane)
  return { lane == 'page' and 'list' or lane, 'account' }
end

-- When the next call may leave as far as one limit is concerned.
local function window_opening(name)
  local limit = rules[name]
  if limit.calls == 0 then
    return now
  end
  local log, out = key('log', name), key('out', name)
  redis.call('ZREMRANGEBYSCORE', log, '-inf', text(now - limit.period))
  redis.call('ZREMRANGEBYSCORE', out, '-inf', text(now - limit.hold))
  local logged = redis.call('ZCARD', log)
  local held = redis.call('ZCOUNT', out, '-inf', text(now - limit.period))
  if logged + held < limit.calls then
    return now
  end
  local surplus = logged - limit.calls
  if surplus < 0 then
    return now + SOON
  end
  return tonumber(redis.call('ZRANGE', log, surplus, surplus, 'WITHSCORES')[2]) + limit.period
end

local function grant(lane, ticket, at)
  for _, name in ipairs(limits_of(lane)) do
    if rules[name].calls > 0 then
      redis.call('ZADD', key('log', name), text(at), ticket)
      if rules[name].hold > 0 then
        redis.call('ZADD', key('out', name), text(at), ticket)
      end
    end
  end
end

-- A call was answered. One that took longer than a period may have arrived only now.
local function answered(lane, ticket)
  for _, name in ipairs(limits_of(lane)) do
    local at = tonumber(redis.call('ZSCORE', key('out', name), ticket) or '')
    if at then
      redis.call('ZREM', key('out', name), ticket)
      if now >= at + rules[name].period then
        redis.call('ZADD', key('log', name), text(now), ticket)
      end
    end
  end
end

-- A call has left only now. Says whether it may: when its slot is over, others may have had it since.
local function delayed(lane, ticket)
  local may = true
  for _, name in ipairs(limits_of(lane)) do
    local limit = rules[name]
    if limit.calls > 0 then
      local at = tonumber(redis.call('ZSCORE', key('log', name), ticket) or '')
      may = may and at ~= nil and at + limit.period > now
      redis.call('ZADD', key('log', name), text(now), ticket)
      redis.call('ZADD', key('out', name), 'XX', text(now), ticket)
    end
  end
  return may
end

-- Which seats lend their slots, by their numbers; nil if there are no seats.
local function seats_that_lend()
  local plan = rules.plan
  if not plan then
    return nil
  end
  if not mark('founded') then
    set_mark('founded', now)
  end
  local holders, lent_until = {}, {}
  local flat = redis.call('HGETALL', key('holders'))
  for i = 1, #flat, 2 do holders[flat[i]] = flat[i + 1] end
  flat = redis.call('HGETALL', key('lent'))
  for i = 1, #flat, 2 do lent_until[flat[i]] = tonumber(flat[i + 1]) end
  local lend, silent = {}, 0
  for seat = 0, plan.seats - 1 do
    local name = text(seat)
    if holders[name] then
      local till = lent_until[name] or 0
      lend[seat] = till > now or till + plan.lease <= now
    else
      lend[seat] = now >= mark('founded') + plan.grace
    end
    if not lend[seat] then silent = silent + 1 end
  end
  return lend, silent
end

-- Whose slots a call keeps to, and the limit that cuts them.
local function grid_of(lane)
  local grid = lane == 'page' and 'list' or lane
  if rules.account.calls == 0 then
    return grid, rules[grid].calls
  end
  local least = 0
  for _, name in ipairs({ 'list', 'realtime', 'other', 'account' }) do
    local calls = rules[name].calls
    if calls > 0 and (least == 0 or calls < least) then least = calls end
  end
  return 'account', least
end

local function width(calls)
  return math.max(math.floor(rules.plan.period / calls), 1)
end

-- Where the last slot is kept that was used. Slots of another width have other numbers.
local function slot_mark(grid, calls)
  return 'slot:' .. grid .. ':' .. calls
end

-- When the next call of the lane may leave, and in which slot if it has to keep to one.
local function opening(lane)
  local from = now
  for _, name in ipairs(limits_of(lane)) do
    from = math.max(from, window_opening(name))
  end
  local lend, silent = seats_that_lend()
  if not lend then
    return from
  end
  from = math.max(from, mark('founded') + rules.plan.period, mark('begins') or 0)
  local grid, calls = grid_of(lane)
  if calls == 0 or silent == 0 then
    return from
  end
  local wide, last = width(calls), mark(slot_mark(grid, calls)) or -1
  local first = math.floor(from / wide)
  for slot = first, first + rules.plan.seats do
    local is_over = slot == first and from - slot * wide > rules.plan.tolerance
    if not is_over and lend[slot % rules.plan.seats] and slot > last then
      return math.max(from, slot * wide), slot
    end
  end
  return math.max(from, now + SOON)
end

-- How long those in front take, once the lane is open.
local function time_behind(lane, position)
  -- Somebody else may want every other slot.
  if lane == 'page' then position = 2 * position end
  local lend, silent = seats_that_lend()
  local _, calls = grid_of(lane)
  if lend and silent > 0 and calls > 0 then
    local lent = math.max(rules.plan.seats - silent, 1)
    return math.floor(width(calls) * rules.plan.seats / lent) * position
  end
  local time = 0
  for _, name in ipairs(limits_of(lane)) do
    local limit = rules[name]
    if limit.calls > 0 then
      time = math.max(time, limit.period * math.floor(position / limit.calls))
    end
  end
  return time
end

-- The place that a client gets in a line, and its rank.
local function next_place(lane, client, urgency)
  local arrival = mark('arrivals:' .. lane) or 0
  if urgency == 'background' then
    return BACKGROUND + arrival
  end
  local last = tonumber(redis.call('ZSCORE', key('ranks', lane), client) or '') or 0
  local rank = math.max(last, mark('served:' .. lane) or 0) + 1
  return rank * ARRIVALS + arrival % ARRIVALS, rank
end

local function leave(lane, item)
  redis.call('ZREM', key('line', lane), item)
  redis.call('ZREM', key('seen', lane), item)
  if redis.call('ZCARD', key('line', lane)) == 0 then
    -- Nobody is owed anything.
    redis.call('DEL', key('ranks', lane))
    redis.call('HDEL', key('marks'), 'served:' .. lane)
  end
end

local function serve(lane, item)
  local place = tonumber(redis.call('ZSCORE', key('line', lane), item) or '')
  if not place then
    return
  end
  if place < BACKGROUND then
    local rank = math.floor(place / ARRIVALS)
    local served = math.max(rank, mark('served:' .. lane) or 0)
    set_mark('served:' .. lane, served)
    -- Who has been served all that he wanted is as good as new.
    redis.call('ZREMRANGEBYSCORE', key('ranks', lane), '-inf', text(served))
  end
  leave(lane, item)
end

local function hear(lane, item)
  redis.call('ZADD', key('seen', lane), text(now), item)
end

-- Joins a line. What waits already keeps its place, unless only background work wanted it.
local function line_up(lane, item, client, urgency)
  local place = tonumber(redis.call('ZSCORE', key('line', lane), item) or '')
  if not place or (place >= BACKGROUND and urgency == 'person') then
    if place then leave(lane, item) end
    local rank
    place, rank = next_place(lane, client, urgency)
    redis.call('ZADD', key('line', lane), text(place), item)
    if rank then
      redis.call('ZADD', key('ranks', lane), text(rank), client)
    end
    redis.call('HINCRBY', key('marks'), 'arrivals:' .. lane, 1)
  end
  hear(lane, item)
end

-- Forgets those of whom nothing was heard.
local function forget_the_unheard(lane)
  local unheard = redis.call('ZRANGEBYSCORE', key('seen', lane), '-inf', text(now - UNHEARD))
  for _, item in ipairs(unheard) do
    leave(lane, item)
  end
end

-- Queues a call up. Gives the time that it would have to wait if that is longer than its patience; then it has not joined.
local function join(lane, ticket, client, patience)
  local ahead = redis.call('ZCOUNT', key('line', lane), '-inf', '(' .. text(next_place(lane, client, 'person')))
  local wait = math.max(opening(lane) - now, 0) + time_behind(lane, ahead)
  if patience and wait >= patience and wait > 0 then
    return wait
  end
  line_up(lane, ticket, client, 'person')
end

-- Pages and other list calls take turns if both wait. Until when a slot that has just opened is left to the other kind.
local function courtesy(lane)
  local others = ({ list = 'page', page = 'list' })[lane]
  if not others or rules.list.calls == 0 then
    return now
  end
  forget_the_unheard(others)
  local last = redis.call('HGET', key('marks'), 'last_list')
  if (last or 'page') ~= lane or redis.call('ZCARD', key('line', others)) == 0 then
    return now
  end
  return (mark('last_list_at') or 0) + math.floor(rules.list.period / rules.list.calls) + COURTESY
end

-- Whether a call may leave that is at this position of its line: 'go', or until when to wait.
local function turn(lane, ticket, position)
  local closed_until = mark('closed') or 0
  if closed_until > now then
    return { 'closed', closed_until }
  end
  local opens, slot = opening(lane)
  if position > 0 then
    return { 'wait', math.max(opens, now + SOON) + time_behind(lane, position), position }
  end
  opens = math.max(opens, courtesy(lane))
  if opens > now then
    return { 'wait', opens, 0 }
  end
  grant(lane, ticket, now)
  if slot then
    set_mark(slot_mark(grid_of(lane)), slot)
  end
  if lane == 'list' or lane == 'page' then
    redis.call('HSET', key('marks'), 'last_list', lane, 'last_list_at', text(now))
  end
  return { 'go', now }
end

local function close(till)
  set_mark('closed', math.max(till, mark('closed') or 0))
end

-- Fills the seats of a fleet that has come together anew, as somebody remembers them. Who does not come is silent: he may be
-- using his slots alone.
local function remember(holders)
  local seated = {}
  for _, holder in ipairs(redis.call('HVALS', key('holders'))) do seated[holder] = true end
  for i, holder in ipairs(holders) do
    local seat = text(i - 1)
    if holder ~= '' and not seated[holder] and redis.call('HSETNX', key('holders'), seat, holder) == 1 then
      redis.call('HSET', key('lent'), seat, text(now - rules.plan.period))
    end
  end
end

-- The process that had this seat may have called alone, and its successor does not know.
local function wait_for_unknown_calls(name)
  for seat = 0, rules.plan.seats - 1 do
    local till = tonumber(redis.call('HGET', key('lent'), text(seat)) or '') or 0
    if redis.call('HGET', key('holders'), text(seat)) == name and till + rules.plan.period <= now then
      set_mark('begins', now + rules.plan.period)
    end
  end
end

-- Gives a replica its seat, or a free one, and has its slots lent.
local function sit_down(name, lent_until)
  local own, free, lost
  for seat = rules.plan.seats - 1, 0, -1 do
    local holder = redis.call('HGET', key('holders'), text(seat))
    local till = tonumber(redis.call('HGET', key('lent'), text(seat)) or '') or 0
    if holder == name then own = seat end
    if not holder then free = seat end
    if till + rules.plan.lease <= now then lost = seat end
  end
  local seat = own or free or lost
  if not seat then
    return nil
  end
  local till = own and tonumber(redis.call('HGET', key('lent'), text(seat)) or '') or 0
  redis.call('HSET', key('holders'), text(seat), name)
  redis.call('HSET', key('lent'), text(seat), text(math.max(till, lent_until)))
  return seat
end

local function stand_up(name)
  for seat = 0, rules.plan.seats - 1 do
    if redis.call('HGET', key('holders'), text(seat)) == name then
      redis.call('HDEL', key('holders'), text(seat))
      redis.call('HDEL', key('lent'), text(seat))
    end
  end
end

-- While nobody could be heard nobody was silent: a time without any heartbeat does not count towards the loss of seats.
local function forgive_silence()
  local gap = now - (mark('beat') or now)
  set_mark('beat', now)
  if gap < UNHEARD then
    return
  end
  local lent = redis.call('HGETALL', key('lent'))
  for i = 1, #lent, 2 do
    local till = tonumber(lent[i + 1])
    redis.call('HSET', key('lent'), lent[i], text(math.max(till, math.min(till + gap, now - rules.plan.period))))
  end
end

-- A Redis that does not know that somebody was heard then has come back with what it knew before: it has forgotten calls as
-- well.
local function wait_for_what_was_forgotten(heard)
  if heard > (mark('beat') or 0) then
    set_mark('begins', now + rules.plan.period)
  end
end

-- What nobody uses any more is gone after a day.
local function keep_for_a_day()
  for _, lane in ipairs({ 'list', 'page', 'realtime', 'other', 'account' }) do
    for _, list in ipairs({ 'log', 'out', 'line', 'seen', 'ranks' }) do
      redis.call('EXPIRE', key(list, lane), 86400)
    end
  end
  for _, list in ipairs({ 'marks', 'holders', 'lent', 'flying' }) do
    redis.call('EXPIRE', key(list), 86400)
  end
end
