-- Calls are still under way: what was set aside for them, A.holds, is kept on.
even_when_full()
save_clock()
for _, id in ipairs(A.holds) do call('ZADD', P .. 'holds:end', 'XX', now + A.hold_ms, id) end
for _, key in ipairs({'holds', 'holds:end', 'holding'}) do call('PEXPIRE', P .. key, A.most_hold_ms) end
return 1
