-- Its holder tells Redis of a claim that it has forgotten (lib.lua), and of the messages on the screen: ARGV[3], sealed, and
-- A.shown; A.epoch is what the place had when it was claimed. Answers 1: it is theirs again; 0: somebody else has it, it has
-- ended or was erased; -1: the question is forgotten, too. What we take away ourselves leaves its mark, for days.
if mine(A.line, A.turn, A.fence) then return 1 end
local l, t, x = P .. 'l:' .. A.line, P .. 't:' .. A.turn, P .. 'x:' .. A.turn
-- But of what was done 50,000 turns ago nothing is left: a fence is as old as its claim (claim.lua).
if call('EXISTS', t) == 0 then return raw < A.fence + A.retry_ms and -1 or 0 end
local st, pool, a = unpack(call('HMGET', t, 'st', 'pf', 'a'))
local fence, held = unpack(call('HMGET', l, 'fence', 'held'))
local is_waiting = st == 'q' and call('ZSCORE', P .. 'q:' .. A.line, A.turn)
if not is_waiting or held == '1' or tonumber(fence or 0) >= tonumber(A.fence) then return 0 end
even_when_full()
save_clock()
call('HSET', l, 'fence', A.fence, 'cur', A.turn, 'held', 1)
call('HDEL', l, 'waits')
call('HSET', t, 'epoch', A.epoch)
if a == '0' then call('HSET', t, 'a', 1) end
if A.shown ~= '' then
  call('HSET', x, 's', ARGV[3])
  call('HSET', t, 'sh', A.shown)
end
for _, key in ipairs({l, t, x, P .. 'q:' .. A.line}) do call('PEXPIRE', key, A.record_ms) end
call('ZADD', P .. 'ready:' .. pool, now + A.lease_ms, A.line)
return 1
