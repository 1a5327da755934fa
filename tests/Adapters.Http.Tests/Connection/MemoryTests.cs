using System.Net.Sockets;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryTests
{
    /// <summary>The client that sends it all before it reads still gets the answer.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hundred_megabytes_that_really_come_are_not_kept(bool chunked)
    {
        await using ServedBroker served = await ServedBroker.StartAsync();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        using TcpClient client = await served.ConnectAsync();
        NetworkStream stream = client.GetStream();
        string length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 104857600";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"POST / HTTP/1.1\r\nHost: {served.Host}\r\n{length}\r\n\r\n"));
        byte[] block = new byte[1024 * 1024];
        Task<RawAnswer> answer = RawAnswer.ReadAsync(stream);
        try
        {
            for (int i = 0; i < 100; i++)
            {
                if (chunked)
                    await stream.WriteAsync("100000\r\n"u8.ToArray());
                await stream.WriteAsync(block);
                if (chunked)
                    await stream.WriteAsync("\r\n"u8.ToArray());
            }
        }
        catch (IOException)
        {
            // The server may have had enough by now; what counts is its answer.
            Assert.Equal(4000, (await answer).Code);
        }

        Assert.Equal(4000, (await answer).Code);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 40_000_000);
        Assert.Equal(0, (await served.CallAsync("ListQueue")).GetProperty("code").GetInt32());
    }

    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;
}
