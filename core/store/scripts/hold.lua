-- Room for one more call in the day's budgets: it costs A.dollars and A.tokens at the most. A.hold is its id.
-- Answers "held"; "wait" for others to end; "all ms" or "own ms" when a budget is gone; "day ms" when A.day is not today.
local tomorrow = another_day()
if tomorrow then return tomorrow end
even_when_full()
if now - seen > A.silence_ms then save_clock() end
for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'holds:end', '-inf', now, 'LIMIT', 0, 100)) do free(id) end
if call('HEXISTS', P .. 'holds', A.hold) == 1 then return 'held' end
local spent = broke()
if spent then return string.format('%s %.0f', spent, A.day[3] - raw) end
for _, budget in ipairs(A.budgets) do
  local dollars, tokens = gone(budget[1])
  local held = call('HMGET', P .. 'holding', budget[1] .. ' c', budget[1] .. ' t', budget[1] .. ' n')
  local is_alone = tonumber(held[3] or 0) == 0
  local too_dear = budget[2] > 0 and dollars + tonumber(held[1] or 0) + A.dollars > budget[2]
  local too_much = budget[3] > 0 and tokens + tonumber(held[2] or 0) + A.tokens > budget[3]
  if not is_alone and (too_dear or too_much) then return 'wait' end
end
save_clock()
call('HSET', P .. 'holds', A.hold, string.format('%.0f %.0f %s', A.dollars, A.tokens, A.payer))
call('ZADD', P .. 'holds:end', now + A.hold_ms, A.hold)
for _, who in ipairs({'', A.payer}) do
  call('HINCRBY', P .. 'holding', who .. ' c', string.format('%.0f', A.dollars))
  call('HINCRBY', P .. 'holding', who .. ' t', string.format('%.0f', A.tokens))
  call('HINCRBY', P .. 'holding', who .. ' n', 1)
end
for _, key in ipairs({'holds', 'holds:end', 'holding'}) do call('PEXPIRE', P .. key, A.most_hold_ms) end
return 'held'
