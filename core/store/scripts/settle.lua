-- Calls have ended: A.calls are {hold, payer, place, model, 1e-8 dollars or -1, tokens: all, input, output, cache read,
-- cache written}, A.freed holds of calls that were not made. A.token: once.
-- Answers the percentages that everybody's budget has reached by it, or "day ms" when A.day is not today.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
local tomorrow = another_day()
if tomorrow then return tomorrow end
even_when_full()

local function used()
  return A.budgets[1] and part(A.budgets[1]) or 0
end

local before, day = used(), P .. 'day:' .. A.day[1]
local function add(key, who, done)
  call('HINCRBY', key, who .. 'n', 1)
  call('HINCRBY', key, who .. (done[5] < 0 and 'x' or 'c'), string.format('%.0f', math.abs(done[5])))
  for i, kind in ipairs({'t', 'i', 'o', 'r', 'w'}) do
    if done[5 + i] > 0 then call('HINCRBY', key, who .. kind, string.format('%.0f', done[5 + i])) end
  end
  call('PEXPIRE', key, A.usage_ms)
end
for _, done in ipairs(A.calls) do
  free(done[1])
  add(day, '', done)
  add(day .. ':person', done[2] .. ' ', done)
  add(day .. ':place', done[3] .. ' ', done)
  add(day .. ':model', done[4] .. ' ', done)
end
for _, id in ipairs(A.freed) do free(id) end

local after, reached = used(), {}
for _, percent in ipairs({A.near, 100}) do
  if before < percent / 100 and after >= percent / 100 then reached[#reached + 1] = percent end
end
said = table.concat(reached, ' ')
call('SET', P .. 'k:' .. A.token, said, 'PX', A.retry_ms)
return said
