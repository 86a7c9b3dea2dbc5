-- A button makes a turn of an answer: A.turn, the press's, from A.old. ARGV[3...] are m, e and s, sealed.
-- Answers "outcome ahead full window wait reason", or "day ms" when A.day is not today.
local t, x = P .. 't:' .. A.turn, P .. 'x:' .. A.turn
local known = call('HMGET', t, 'st', 'tok', 'said')
if known[1] then
  return known[2] == A.token and known[3] or 'seen 0 0 0 0'
end
-- One word on it: two processes hear of one press, and the line may be free for the second.
local function refused(said)
  call('HSET', t, 'st', 'told', 'tok', A.token, 'said', said)
  call('PEXPIRE', t, A.passing_ms)
  return said
end
local st, pool, line, place, root, rt, fl, author, of, epoch =
  unpack(call('HMGET', P .. 't:' .. A.old, 'st', 'pf', 'line', 'place', 'root', 'rt', 'fl', 'author', 'of', 'epoch'))
if st == 'q' then return refused('told 0 0 0 0 busy') end
if st ~= 'd' or call('HEXISTS', P .. 'x:' .. A.old, 'm') == 0 then return refused('told 0 0 0 0 gone') end
if not (A.admin or author == A.author) then return refused('told 0 0 0 0 theirs') end
if call('HGET', P .. 'l:' .. line, 'newest') ~= A.old then return refused('told 0 0 0 0 older') end
if epoch ~= (call('HGET', P .. 'p:' .. place, 'epoch') or '') then return refused('told 0 0 0 0 gone') end
-- A memory knows of the old answer, and of what came after it.
if call('ZSCORE', P .. 'm:' .. place, of or A.old) then return refused('told 0 0 0 0 gone') end
if call('ZCARD', P .. 'q:' .. line) > 0 then return refused('told 0 0 0 0 busy') end
local tomorrow = another_day()
if tomorrow then return tomorrow end
local spent = broke()
if spent then return refused(string.format('told 0 0 0 %.0f %s', A.day[3] - raw, spent)) end
local logs = counted()
local wait, which, of_whom = over(logs)
if wait > 0 then return refused(string.format('told 0 0 %s %.0f -%s', which, wait, here(of_whom))) end

save_clock()
charge(logs, A.turn, now)
local said = string.format('accepted %d 0 0 0', enqueue(pool, line, A.turn, A.order))
call('HSET', t, 'st', 'q', 'tok', A.token, 'said', said, 'pf', pool, 'line', line, 'place', place, 'root', root,
  'rt', rt, 'fl', fl, 'author', author, 'order', A.order, 'at', now, 'a', 0, 'of', of or A.old,
  'sh', call('HGET', P .. 't:' .. A.old, 'sh') or '')
call('HSET', x, 'm', ARGV[3], 'e', ARGV[4], 's', ARGV[5])
call('PEXPIRE', t, A.record_ms)
call('PEXPIRE', x, A.record_ms)
local quoted = call('HGET', P .. 't:' .. A.old, 'quoted')
if author ~= A.author then quoted = (quoted and quoted .. ' ' or '') .. A.author end -- who pays stands in its origin
if quoted then call('HSET', t, 'quoted', quoted) end
belongs(A.turn, author, place, quoted)
-- What is on the screen will be written over, and some of it taken away, by us: that deletes nothing.
for shown in string.gmatch(call('HGET', P .. 't:' .. A.old, 'sh') or '', '%S+') do call('HDEL', P .. 'e:' .. place, shown) end
wake()
return said
