using System.Text;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>Debian's amqp-tools, the commands of rabbitmq-c.</summary>
public sealed class AmqpToolsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static int _names;

    private readonly string _queue = $"tools-{Interlocked.Increment(ref _names)}";

    [FactIfAvailable(ClientKind.AmqpTools)]
    public async Task A_queue_is_declared_filled_emptied_and_deleted()
    {
        Assert.Equal(_queue, (await RunAsync("amqp-declare-queue", "-d", "-q", _queue)).MustSucceed().Output.Trim());
        (await RunAsync("amqp-publish", "-r", _queue, "-p", "-C", "text/plain", "-b", "hello wörld")).MustSucceed();

        Assert.Equal("hello wörld", (await RunAsync("amqp-get", "-q", _queue)).MustSucceed().Output);

        // amqp-get tells an empty queue by its exit code.
        Assert.Equal(2, (await RunAsync("amqp-get", "-q", _queue)).ExitCode);
        (await RunAsync("amqp-publish", "-r", _queue, "-b", "left over")).MustSucceed();
        Assert.Equal("1", (await RunAsync("amqp-delete-queue", "-q", _queue)).MustSucceed().Output.Trim());
    }

    [FactIfAvailable(ClientKind.AmqpTools)]
    public async Task A_body_larger_than_a_frame_comes_out_as_it_went_in()
    {
        (await RunAsync("amqp-declare-queue", "-d", "-q", _queue)).MustSucceed();
        string body = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n"));
        (await RunAsync("amqp-publish", Encoding.UTF8.GetBytes(body), "-r", _queue)).MustSucceed();

        Assert.Equal(body, (await RunAsync("amqp-get", "-q", _queue)).MustSucceed().Output);
    }

    [FactIfAvailable(ClientKind.AmqpTools)]
    public async Task A_consumer_gets_what_is_published()
    {
        (await RunAsync("amqp-declare-queue", "-d", "-q", _queue)).MustSucceed();
        for (int i = 0; i < 3; i++)
            (await RunAsync("amqp-publish", "-r", _queue, "-b", $"m{i}")).MustSucceed();

        ClientResult consumed = await RunAsync("amqp-consume", "-q", _queue, "-c", "3", "-p", "1", "cat");

        Assert.Equal("m0m1m2", consumed.MustSucceed().Output);
    }

    [FactIfAvailable(ClientKind.AmqpTools)]
    public async Task A_consumer_with_a_queue_that_the_broker_names_is_bound_to_its_exchange()
    {
        Task<ClientResult> consuming = RunAsync("amqp-consume", "-e", "amq.topic", "-r", $"{_queue}.#", "-c", "1", "cat");

        // The queue's name is known to the consumer only, so the message is sent until it has been there for one.
        while (!consuming.IsCompleted)
            (await RunAsync("amqp-publish", "-e", "amq.topic", "-r", $"{_queue}.key", "-b", "hello")).MustSucceed();

        Assert.Equal("hello", (await consuming).MustSucceed().Output.Trim());
    }

    private Task<ClientResult> RunAsync(string tool, params string[] arguments) => RunAsync(tool, [], arguments);

    private Task<ClientResult> RunAsync(string tool, byte[] input, params string[] arguments) => ExternalClient.RunAsync(
        tool, [$"--url=amqp://guest:guest@127.0.0.1:{fixture.Broker.AmqpPort}/%2f", .. arguments], input: input);
}
