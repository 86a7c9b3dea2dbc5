-- How far an answer came by its tools: ARGV[3], sealed. Answers whether the lease still holds: 1, or as not_mine.
if not mine(A.line, A.turn, A.fence) then return not_mine(A.line, A.turn, A.fence) end
even_when_full()
call('HSET', P .. 'x:' .. A.turn, 'r', ARGV[3])
call('PEXPIRE', P .. 'x:' .. A.turn, A.record_ms)
return 1
