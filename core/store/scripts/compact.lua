-- A memory (ARGV[3], sealed) takes the place of the exchanges of A.replaces, oldest first, if the history still begins with
-- just these. With '' nothing does. A.token may then make no other. Answers whether the memory stands there.
local h, o, m = P .. 'h:' .. A.place, P .. 'o:' .. A.place, P .. 'm:' .. A.place
local g = P .. 'g:' .. A.place
if call('GET', g) == A.token then call('DEL', g) end
if ARGV[3] == '' then return 0 end
if call('HEXISTS', h, A.memory) == 1 then return 1 end
if #ARGV[3] > A.most_bytes or not begins_with(A.place, A.replaces, A.root, A.rt) then return 0 end
even_when_full()
save_clock()
local order = call('ZSCORE', o, A.replaces[#A.replaces])
for _, id in ipairs(A.replaces) do
  take_out(A.place, id)
  call('ZADD', m, order, id)
end
if A.rt ~= '' then
  call('ZADD', m, order, A.rt)
  local people, messages = words_in(A.root, A.rt)
  said_by(A.place, A.rt, each(people), each(messages))
end
for _, id in ipairs(call('ZRANGE', m, 0, -1 - A.most_remembered)) do call('HDEL', P .. 'a:' .. A.place, id) end
call('ZREMRANGEBYRANK', m, 0, -1 - A.most_remembered)
-- Also the words of who is quiet live on in it, of a memory of a memory as well: they are found there as long.
for person in pairs(people_of(A.place)) do is_in(person, A.place) end
call('ZADD', o, order, A.memory)
call('HSET', h, A.memory, ARGV[3])
call('HINCRBY', h, '#', #ARGV[3])
call('HSET', P .. 'p:' .. A.place, 'memory', A.memory)
trim(A.place)
keep_known(A.place)
return 1
