namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>Class and method numbers as one: those that the load needs (AMQP 0-9-1, section 1.3 of the reference).</summary>
public static class AmqpMethod
{
    public const uint ConnectionStart = 10 << 16 | 10;
    public const uint ConnectionStartOk = 10 << 16 | 11;
    public const uint ConnectionTune = 10 << 16 | 30;
    public const uint ConnectionTuneOk = 10 << 16 | 31;
    public const uint ConnectionOpen = 10 << 16 | 40;
    public const uint ConnectionOpenOk = 10 << 16 | 41;
    public const uint ConnectionClose = 10 << 16 | 50;
    public const uint ConnectionCloseOk = 10 << 16 | 51;
    public const uint ChannelOpen = 20 << 16 | 10;
    public const uint ChannelOpenOk = 20 << 16 | 11;
    public const uint ChannelClose = 20 << 16 | 40;
    public const uint ChannelCloseOk = 20 << 16 | 41;
    public const uint QueueDeclare = 50 << 16 | 10;
    public const uint QueueDeclareOk = 50 << 16 | 11;
    public const uint QueueDelete = 50 << 16 | 40;
    public const uint QueueDeleteOk = 50 << 16 | 41;
    public const uint BasicQos = 60 << 16 | 10;
    public const uint BasicQosOk = 60 << 16 | 11;
    public const uint BasicConsume = 60 << 16 | 20;
    public const uint BasicConsumeOk = 60 << 16 | 21;
    public const uint BasicCancel = 60 << 16 | 30;
    public const uint BasicPublish = 60 << 16 | 40;
    public const uint BasicDeliver = 60 << 16 | 60;
    public const uint BasicAck = 60 << 16 | 80;
    public const uint BasicNack = 60 << 16 | 120;
    public const uint ConfirmSelect = 85 << 16 | 10;
    public const uint ConfirmSelectOk = 85 << 16 | 11;
}
