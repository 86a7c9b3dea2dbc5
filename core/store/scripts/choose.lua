-- The choices A.set become ARGV[3...], sealed; A.unset are taken back. Answers as choices.lua.
local c = P .. 'c:' .. A.place
for i, name in ipairs(A.set) do call('HSET', c, name, ARGV[2 + i]) end
for _, name in ipairs(A.unset) do call('HDEL', c, name) end
call('PEXPIRE', c, A.choices_ms)
-- It is found again when its place goes, or its person, whose own it is.
lies_as_told()
if A.alone then
  keep_known(A.place)
  is_in(A.author, A.place)
end
return {call('HGETALL', c), A.root ~= '' and call('HGETALL', P .. 'c:' .. A.root) or {}}
