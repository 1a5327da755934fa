using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>Transactions on the wire, because no stock client that can be installed here has them.</summary>
public sealed class TransactionTests : IAsyncLifetime
{
    private const string Producer =
        "{\"clientID\":\"p1\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"PG\"}]}";

    private BrokerProcess? _broker;
    private ReplayClient? _client;

    private ReplayClient Client => _client!;

    public async Task InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments = ["--Cluster:DataGroups=1", "--RocketMq:TransactionCheckMs=1000", "--RocketMq:TransactionPollMs=200"],
        });
        _client = await ReplayClient.ConnectAsync(_broker.RocketMqPort);
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    [Fact]
    public async Task What_is_committed_appears_in_its_queue_and_what_is_rolled_back_does_not()
    {
        long kept = await SendHalfAsync("T", "kept", queueId: 2);
        long dropped = await SendHalfAsync("T", "dropped", queueId: 2);
        Assert.Empty(await PullAsync("T", 2));

        await EndAsync(dropped, RocketMqSysFlag.Rollback);
        await EndAsync(kept, RocketMqSysFlag.Commit);
        await EndAsync(kept, RocketMqSysFlag.Commit);
        await SendAsync("T", "plain", queueId: 2, sysFlag: 0);

        List<RocketMqMessage> messages = await PullUntilAsync("T", 2, count: 2);
        Assert.Equal(["kept", "plain"], messages.Select(Text).Order());
        Assert.Equal([0L, 1L], messages.Select(message => message.QueueOffset));
        Assert.Equal(RocketMqSysFlag.Commit, messages.Single(message => Text(message) == "kept").SysFlag);
    }

    [Fact]
    public async Task A_producer_is_asked_what_became_of_a_transaction_and_its_answer_counts()
    {
        await Client.AskAsync(RocketMqRequestCode.HeartBeat, null, Encoding.UTF8.GetBytes(Producer));
        long position = await SendHalfAsync("T", "open", queueId: 0);

        RocketMqCommand asked = await Client.RequestAsync(RocketMqRequestCode.CheckTransactionState);

        Assert.True(asked.IsOneWay);
        var request = CheckTransactionStateRequest.Read(asked.Fields!);
        Assert.Equal(position, request.CommitLogOffset);
        ReadOnlyMemory<byte> body = asked.Body;
        Assert.Equal("open", Text(RocketMqMessageReader.Read(ref body)!));
        await EndAsync(request.CommitLogOffset, RocketMqSysFlag.Commit);
        Assert.Equal("open", Text(Assert.Single(await PullUntilAsync("T", 0, count: 1))));
    }

    private static string Text(RocketMqMessage message) =>
        Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(message.Body));

    private Task<long> SendHalfAsync(string topic, string body, int queueId) =>
        SendAsync(topic, body, queueId, RocketMqSysFlag.Prepared);

    /// <returns>The position in the answer's message id.</returns>
    private async Task<long> SendAsync(string topic, string body, int queueId, int sysFlag)
    {
        var fields = new RocketMqFields();
        new SendMessageRequest("PG", topic, "TBW102", 4, queueId, sysFlag, 1, 0,
            "TRAN_MSG\u0001true\u0002PGROUP\u0001PG\u0002", 0, false, null, false).Write(fields, shortNames: true);
        RocketMqCommand answer =
            await Client.AskAsync(RocketMqRequestCode.SendMessageV2, fields, Encoding.UTF8.GetBytes(body));
        Assert.True(answer.Code == 0, answer.Remark);
        Assert.True(RocketMqMessageId.TryParse(SendMessageResponse.Read(answer.Fields!).MessageId, out RocketMqMessageId id));
        return id.Position;
    }

    /// <summary>Answered here, so that the test knows when it counts; clients send it one-way.</summary>
    private async Task EndAsync(long position, int how)
    {
        var request = new EndTransactionRequest("PG", 0, position, how, false, "", null);
        Assert.Equal(0, (await Client.AskAsync(RocketMqRequestCode.EndTransaction, RocketMqFields.Of(request))).Code);
    }

    private async Task<List<RocketMqMessage>> PullAsync(string topic, int queueId)
    {
        var request = new PullMessageRequest("CG", topic, queueId, 0, 32, 4, 0, 0, "*", 0, null);
        RocketMqCommand answer =
            await Client.AskAsync(RocketMqRequestCode.PullMessage, RocketMqFields.Of(request));
        var messages = new List<RocketMqMessage>();
        ReadOnlyMemory<byte> left = answer.Body;
        while (RocketMqMessageReader.Read(ref left) is { } message)
            messages.Add(message);
        return messages;
    }

    private async Task<List<RocketMqMessage>> PullUntilAsync(string topic, int queueId, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            List<RocketMqMessage> messages = await PullAsync(topic, queueId);
            if (messages.Count >= count)
                return messages;
            await Task.Delay(50, patience.Token);
        }
    }
}
