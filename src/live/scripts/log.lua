-- Which log the events are in that are stored under a key: `log` is a hash with its id and the count of its entries. If it has
-- none, or `is_lost`, what is there is forgotten and it gets that name.
local function name_log(events, log, name, is_lost)
  local id = not is_lost and redis.call('HGET', log, 'id')
  if id then
    return id
  end
  redis.call('DEL', events, log)
  redis.call('HSET', log, 'id', name)
  return name
end
