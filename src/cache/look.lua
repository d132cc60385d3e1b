-- Gives what is stored of each parcel in KEYS: its moment, its entry and whether it was doubted since.
local answers = {}
for index, parcel in ipairs(KEYS) do
  if redis.call('TYPE', parcel).ok == 'hash' then
    answers[index] = redis.call('HMGET', parcel, 'a', 'v', 'd')
  else
    answers[index] = false
  end
end
return answers
