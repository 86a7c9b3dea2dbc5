-- Whom the processes of each platform in A.homes serve, for A.ms. Answers a platform where they serve somebody else, or ''.
-- Who finds one of them taken does not start, and takes none.
for platform, home in pairs(A.homes) do
  if (call('GET', P .. 'home:' .. platform) or home) ~= home then return platform end
end
for platform, home in pairs(A.homes) do call('SET', P .. 'home:' .. platform, home, 'PX', A.ms) end
return ''
