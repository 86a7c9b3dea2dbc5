-- How far an answer came by its tools: ARGV[3], sealed. Answers whether the lease still holds.
if not mine(A.line, A.turn, A.fence) then return 0 end
even_when_full()
call('HSET', P .. 'x:' .. A.turn, 'r', ARGV[3])
call('PEXPIRE', P .. 'x:' .. A.turn, A.record_ms)
return 1
