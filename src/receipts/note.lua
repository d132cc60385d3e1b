-- Notes receipts unless they are known. KEYS are their names; ARGV holds how long they are kept, in milliseconds, and then
-- the content of each. Gives for each the content that is known already, or nothing.
local known = {}
for index, name in ipairs(KEYS) do
  if redis.call('SET', name, ARGV[index + 1], 'NX', 'PX', ARGV[1]) then
    known[index] = false
  else
    known[index] = redis.call('GET', name)
  end
end
return known
