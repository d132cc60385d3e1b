-- Gives where the log stands with the trackings whose heads are in KEYS, and keeps those that are there for ARGV[1] ms more.
local answers = {}
for index, head in ipairs(KEYS) do
  local known = redis.call('HMGET', head, 'r', 'a', 'g', 's', 'p')
  answers[index] = {known[1] or '0', known[2] or '', known[3] or '', known[4] or '', known[5] or ''}
  if known[4] and known[4] ~= '' then
    redis.call('PEXPIRE', head, ARGV[1])
  end
end
return answers
