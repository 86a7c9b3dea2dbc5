-- Values of A.key sealed anew, ARGV[3...]: A.fields are {field, SHA-1 of what it was}. What was changed meanwhile stays as it
-- is. Answers how many are as they should be.
even_when_full()
local key, count = P .. A.key, 0
for i, one in ipairs(A.fields) do
  local old, new = call('HGET', key, one[1]), ARGV[2 + i]
  if old and redis.sha1hex(old) == one[2] then
    call('HSET', key, one[1], new)
    if string.sub(A.key, 1, 2) == 'h:' then call('HINCRBY', key, '#', #new - #old) end
    old = new
  end
  if old == new then count = count + 1 end
end
return count
