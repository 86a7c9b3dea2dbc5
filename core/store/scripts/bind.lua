-- The ids of the messages on the screen: ARGV[3], sealed, and A.shown, their pseudonyms. Answers whether
-- the lease still holds: 1, or as not_mine.
if not mine(A.line, A.turn, A.fence) then return not_mine(A.line, A.turn, A.fence) end
even_when_full()
call('HSET', P .. 'x:' .. A.turn, 's', ARGV[3])
call('HSET', P .. 't:' .. A.turn, 'sh', A.shown)
call('PEXPIRE', P .. 'x:' .. A.turn, A.record_ms)
return 1
