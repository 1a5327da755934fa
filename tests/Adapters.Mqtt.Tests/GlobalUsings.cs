global using Cmq.MultiProtocol.Fakes;
global using Xunit;
