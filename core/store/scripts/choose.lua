-- The choices A.set become ARGV[3...], sealed; A.unset are taken back. Answers as choices.lua.
local c = P .. 'c:' .. A.place
for i, name in ipairs(A.set) do call('HSET', c, name, ARGV[2 + i]) end
for _, name in ipairs(A.unset) do call('HDEL', c, name) end
call('PEXPIRE', c, A.choices_ms)
-- It is found again when its place goes, or its person, whose own it is.
local around = A.within[#A.within]
if A.alone then
  call('HSET', P .. 'p:' .. A.place, 'alone', around[2], 'whose', A.author)
  keep_known(A.place)
  is_in(A.author, A.place)
end
for _, kin in ipairs(A.within) do lies_in(kin[1], kin[2], A.platform, A.alone and kin == around) end
return {call('HGETALL', c), A.root ~= '' and call('HGETALL', P .. 'c:' .. A.root) or {}}
